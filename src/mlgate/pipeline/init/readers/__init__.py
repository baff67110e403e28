"""One module for each kind of file that `init` recognises, with a function `read(tree)`."""
