"""fieldcrm: the offline-first CRM of a field salesperson."""

__version__ = "0.1.0"
