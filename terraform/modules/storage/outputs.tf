output "access_logs" {
  description = "Name of the bucket with the access logs."
  value       = google_storage_bucket.access_logs.name
}

output "names" {
  description = "Names of the buckets by the end that they were asked by."
  value = {
    for key, bucket in google_storage_bucket.this : key => bucket.name
  }
}
