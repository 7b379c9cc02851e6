"""Chat gateways, one file each behind one protocol."""
