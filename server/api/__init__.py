"""The addresses of the server: sign-in, sync, files, and REST for the office and integrators."""
