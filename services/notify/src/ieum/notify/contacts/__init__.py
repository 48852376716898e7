"""Who can be reached how: people by what intake sealed, organisations by their public mailbox."""
