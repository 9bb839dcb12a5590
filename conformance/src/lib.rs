//! The conformance suite: requirements, checks, mutants, a raw peer that shares no protocol code with any server, and the proof of the checks
