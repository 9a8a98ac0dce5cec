"""Run the command line: python -m leftopp_book."""

from .cli import main

main()
