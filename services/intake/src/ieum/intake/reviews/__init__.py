"""Reviews: several reviewers score each application, none of them knowing whose it is."""
