"""JSON controllers, one file for each resource: decode, call one use case, encode."""
