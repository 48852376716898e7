"""Appeals (이의신청): against a refusal or a result, within its time, decided by somebody else."""
