"""The commands of the command line, one module each: ``add_arguments`` declares, ``answer`` carries out."""
