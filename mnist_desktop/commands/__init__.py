"""What each command of the command line does; every module adds its parser and runs it."""
