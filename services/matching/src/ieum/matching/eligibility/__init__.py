"""Who may apply to a programme, and the sentence for whoever may not."""
