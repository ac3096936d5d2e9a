-- Who may sit beside whom on this departure: 'off' or 'same_gender'. NULL: as the house has it.
ALTER TABLE routes ADD COLUMN neighbour_rule TEXT;
