"""Tests of what makes a subject well again."""
