/** Bands of PDs, the same for all versions: those of the view `calibration`. */
export const PD_BANDS = [
  0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1,
] as const;

/** @param band counted from 1, as RANGE_BUCKET has it */
export const bandName = (band: number): string => `${PD_BANDS[band - 1]} to ${PD_BANDS[band]}`;
