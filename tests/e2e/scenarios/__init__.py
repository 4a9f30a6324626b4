# SPDX-License-Identifier: Apache-2.0
"""What must hold whichever way a request reaches the agent: mix-ins for test_conformance.py, which says what their
attributes are. Where the ways differ they ask `self.ways` (harness/carrier.py), never which way it is."""
