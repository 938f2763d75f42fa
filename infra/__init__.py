"""The mechanism: settings, the server, the log, the views' engine. It knows no business."""
