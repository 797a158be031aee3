"""The command line: parses, calls one library function, hands the result to a renderer."""
