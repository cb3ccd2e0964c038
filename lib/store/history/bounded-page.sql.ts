// Pages that are bounded in rows and in bytes: whatever records hold, one answer never is gigabytes. Used by the SQL of records, commands and bulk
// jobs. The length of a value is known without fetching it, so what is left out costs little.

/** Of what a page shows: payloads, and texts of errors. */
const BYTES_PER_PAGE = 8 * 1_048_576;

/** Null where it has more than so many bytes (a parameter; null: any), and how many it has. */
export const payload = (column: string, largest: string, as: string) =>
  `case when octet_length(${column}) > ${largest}::int then null else ${column} end "${as}", octet_length(${column}) "${as}Bytes"`;

/** What `payload` gives of it. */
export const shownBytes = (column: string, largest: string) =>
  `case when octet_length(${column}) > ${largest}::int then 0 else coalesce(octet_length(${column}), 0) end`;

/**
 * Of the rows that `source` gives, in the order of its column `place`, as many as fit by its column `bytes`; the first however large it is.
 * `found`: how many the source gives. Order it anew. Read by boundedPage.
 */
export const withinBytes = (source: string, direction: 'asc' | 'desc' = 'asc') => `
select p.* from (
  select f.*, count(*) over ()::int found,
    sum(f.bytes) over (order by f.place ${direction} rows unbounded preceding) - f.bytes before
  from (${source}) f
) p where p.before < ${BYTES_PER_PAGE}`;
