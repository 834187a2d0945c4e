using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>How a host differs from those that it shares a store with.</summary>
/// <param name="Refusals">Why it may not join them, a sentence each.</param>
/// <param name="Notes">What may be so for a while, a sentence each.</param>
internal sealed record Differences(IReadOnlyList<string> Refusals, IReadOnlyList<string> Notes)
{
    /// <summary>Compares; it changes nothing.</summary>
    /// <param name="session">Of the store that they meet in.</param>
    /// <param name="now">On the store's clock.</param>
    /// <param name="me">This host.</param>
    /// <param name="agreed">What it has.</param>
    public static Differences Find(SqlSession session, long now, MemberRow me, IReadOnlyList<AgreedValue> agreed)
    {
        var (refusals, notes) = (Doubles(session, now, me), new List<string>());
        foreach (var mine in agreed)
        {
            var others = session.Query("SELECT m.address, t.fingerprint FROM told t JOIN member m ON m.host = t.host WHERE t.name = $1 AND m.host <> $2 AND m.until > $3 ORDER BY m.address",
                static row => (Address: row.GetString(0), Fingerprint: row.GetString(1)), mine.Name, me.Host, now);
            var differ = others.Where(other => other.Fingerprint != mine.Fingerprint).ToList();
            if (differ.Count > 0)
            {
                var same = others.Where(other => other.Fingerprint == mine.Fingerprint).Select(other => other.Address).ToList();
                var sentence = $"{mine.Name} {(mine.Fingerprint is null ? "is missing here, and is there at" : "is another than at")} {string.Join(" and ", differ.Select(other => other.Address))}{(same.Count > 0 ? $", and the same as at {string.Join(" and ", same)}" : "")}: {mine.Otherwise}.";
                if (mine.Weight == Weight.Told)
                    notes.Add($"{sentence} That is so while a site is changed host by host; otherwise give all of them the same.");
                else
                    refusals.Add($"{sentence} Copy it from there to this host, or stop those hosts first where they are the ones that are wrong.");
            }
            else if (mine.Weight == Weight.ForGood && session.First("SELECT fingerprint FROM agreement WHERE name = $1", static row => row.GetString(0), mine.Name) is { } made && made != mine.Fingerprint)
            {
                refusals.Add($"{mine.Name} is not what it was when the stores of this site were made: {mine.Otherwise}. Copy it from another host of the site, or restore it from a backup.");
            }
        }
        return new Differences(refusals, notes);
    }

    private static List<string> Doubles(SqlSession session, long now, MemberRow me)
    {
        var refusals = new List<string>();
        if (session.First("SELECT address FROM member WHERE host = $1 AND address <> $2 AND until > $3", static row => row.GetString(0), me.Host, me.Address, now) is { } other)
            refusals.Add($"The host at {other} has the same id as this one, and lives: its state directory was copied. Remove the file host-id from this host's state directory. If it is this host under its former address, start again when its lease is over.");
        if (session.First("SELECT host FROM member WHERE host <> $1 AND address = $2 AND until > $3", static row => row.GetString(0), me.Host, me.Address, now) is not null)
            refusals.Add($"Another host that shares this store has the address {me.Address} as well, and lives. Give each host its own Transfer:BaseAddress; if it was this host with another state directory, start again when its lease is over.");
        return refusals;
    }
}
