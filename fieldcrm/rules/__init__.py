"""What the business decides: pure functions over frozen values; no SQL, Qt, HTTP, clock or chance."""
