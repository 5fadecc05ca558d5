# build/<name>, as `npm run build` leaves it, in a zip that is named by its
# content: another content is another object, and that deploys. Nothing is
# installed from a registry where it is built.

data "archive_file" "source" {
  type             = "zip"
  source_dir       = "${var.source_directory}/${var.name}"
  output_path      = "${var.source_directory}/${var.name}.zip"
  output_file_mode = "0644"
  excludes = [
    "code.js.map",
    "functions-framework/code.js.map",
    "rehearsal.cjs.map",
  ]
}

resource "google_storage_bucket_object" "source" {
  name           = "${var.name}/${data.archive_file.source.output_sha256}.zip"
  bucket         = var.build.sources_bucket
  source         = data.archive_file.source.output_path
  content_type   = "application/zip"
  source_md5hash = data.archive_file.source.output_md5
}
