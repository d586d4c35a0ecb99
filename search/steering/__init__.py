"""What the staff decide: synonyms, words never corrected, pinned and hidden results, words never suggested."""
