"""What the law and the policy forbid about reads, searches, holds and hits: pure, facts in, refusal or nothing out."""
