"""The transparency log: a leaf for each record of each logged topic, provable by anybody."""
