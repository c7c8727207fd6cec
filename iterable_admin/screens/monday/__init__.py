"""The Monday mail: to each DRI, the week in three sentences, one figure and one link."""
