"""Tool servers: the Model Context Protocol (MCP), over its SDK.

Nothing is imported here: `servers` is imported when a server is configured, and the SDK when one is needed.
"""
