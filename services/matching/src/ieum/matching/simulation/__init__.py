"""Changed rules applied to what really happened: who would gain, who would lose; nothing is written."""
