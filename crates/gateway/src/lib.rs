//! The inline reverse proxy that inspects model traffic.
