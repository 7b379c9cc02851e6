"""Chat gateways, one file or folder each behind one protocol; :mod:`courage.gateways.registry` finds them."""
