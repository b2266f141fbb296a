//! Reports of real spreadsheets and of odd input.

#[cfg(test)]
mod divided;
#[cfg(test)]
mod links;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod random;
#[cfg(test)]
mod recompute;
#[cfg(test)]
mod sheet;
#[cfg(test)]
mod shuffled;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod workbook;
