# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests need: real processes, the devhub's sockets, a private Docker engine."""
