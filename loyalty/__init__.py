"""The heart: cards, prices, receipts and the ledgers behind them."""
