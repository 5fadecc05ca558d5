# A build that starts before its account may do its work fails.
output "account" {
  description = "Full name of the account that builds, once it may."
  value       = google_service_account.builder.name
  depends_on = [
    google_artifact_registry_repository_iam_member.builder,
    google_project_iam_member.builder_copies,
    google_project_iam_member.builder_logs,
    google_storage_bucket_iam_member.builder_sources,
  ]
}

output "repository" {
  description = "Full name of the repository of images."
  value       = google_artifact_registry_repository.functions.id
}
