"""Words of texts: cleaning, segmentation, stop words. Nothing here knows of chats."""
