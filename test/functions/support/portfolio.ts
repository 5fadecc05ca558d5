import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPortfolio, type Portfolio } from '../../../shared/portfolio/portfolio.ts';
import { writeSql } from './lender.ts';
import { LOANS, type PortfolioFiles } from './loans.ts';

/** A portfolio, read from files as a function reads it, without a cloud around it. */
export async function readPortfolio(files: PortfolioFiles = LOANS): Promise<Portfolio> {
  const directory = await mkdtemp(join(tmpdir(), 'flit-sql-'));
  try {
    await writeSql(directory, files);
    return await findPortfolio(directory, files['portfolio.json'].id);
  } finally {
    await rm(directory, { recursive: true });
  }
}
