"""Agents: what plays. One file an adapter; `load.load_agent` finds the right one."""
