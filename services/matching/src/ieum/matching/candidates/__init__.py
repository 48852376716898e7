"""An opening's candidates, as its workplace sees them: blind, with reasons."""
