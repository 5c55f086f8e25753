"""Business documents: orders, invoices, payments and deliveries as plain records in a tree."""
