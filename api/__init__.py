"""The edge: what people and programs speak to. HTTP here, the command line in `cli`, real data in `oulad`."""
