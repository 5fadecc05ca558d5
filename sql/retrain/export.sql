-- Purpose: write a model's trees and vocabularies to Cloud Storage.
EXPORT MODEL ${model}
OPTIONS (URI = ${uri})
