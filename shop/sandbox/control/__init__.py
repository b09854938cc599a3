"""The control plane: what a shopper, WeChat itself or bad luck would do."""
