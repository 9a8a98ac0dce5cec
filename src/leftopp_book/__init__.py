"""leftopp-book: a compiler for edited readers. docs/architecture.md describes its stages."""
