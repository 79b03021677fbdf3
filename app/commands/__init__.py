"""What each command of `levier` does; `app.cli` names them. Messages are in French; errors go to stderr and exit 1."""
