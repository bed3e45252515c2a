"""The order centre's list, and the page on which an order is taken and followed."""
