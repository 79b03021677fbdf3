"""`levier`: everything an administrator does from a terminal. What each command does is in ``app.commands``."""

import typer

from app.commands import importing, indexing, people, serving

# Engines, importers and the web are imported by the commands that use them: `levier token create` answers at once.


def _commands(help_text: str) -> typer.Typer:
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


app = _commands("Levier : la base partagée des ressources sociales des départements.")
app.command()(serving.serve)
app.command()(serving.demo)
app.command()(serving.migrate)
app.command("import")(importing.import_)
app.command()(importing.approve)
app.command()(importing.undo)
app.command()(importing.duplicates)
app.command()(indexing.reindex)

account = _commands("Comptes des personnes.")
account.command("create")(people.create_account)
account.command("disable")(people.disable_account)
account.command("reset")(people.reset_account)
app.add_typer(account, name="account")

token = _commands("Jetons des programmes qui lisent l’API.")
token.command("create")(people.create_token)
app.add_typer(token, name="token")

index = _commands("Index de recherche.")
index.command("status")(indexing.index_status)
app.add_typer(index, name="index")

if __name__ == "__main__":
    app()
