"""Documents: files that people attach to a draft or an application, looked into before they are kept."""
