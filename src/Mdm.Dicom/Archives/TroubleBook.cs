using System.Collections.Concurrent;
using Mdm.Abstractions;

namespace Mdm.Dicom.Archives;

/// <summary>
/// Objects that ended the connection when they were asked for. Some objects crash the archive that holds them; asking for ever would keep a hospital's
/// PACS down. One incident sets an object apart: it is asked for alone. A second one ends it for a day. Safe for concurrent use.
/// </summary>
internal sealed class TroubleBook(TimeProvider time)
{
    private const int MaxIncidents = 2;

    /// <summary>Objects remembered; when there are more, the archive itself is broken.</summary>
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<ObjectPath, (int Times, DateTimeOffset Until)> _incidents = [];

    /// <summary>How often it was involved, and until when that is remembered.</summary>
    public (int Times, DateTimeOffset Until) Add(ObjectPath path)
    {
        var until = time.GetUtcNow() + Memory;
        if (_incidents.Count >= MaxEntries)
            _incidents.Clear();
        return _incidents.AddOrUpdate(path, (1, until), (_, before) => (before.Times + 1, until));
    }

    /// <summary>True when the object must not be asked for together with others.</summary>
    public bool IsSuspect(ObjectPath path) => Incidents(path) > 0;

    /// <summary>Why the object is not asked for at all; null when it is.</summary>
    public MdmException? Refusal(ObjectPath path) =>
        Incidents(path) >= MaxIncidents
            ? new MdmException(MdmErrorKind.Refused, "The archive ended the connection each time this object was asked for; it is not asked again today.")
            : null;

    public void Forget(ObjectPath path) => _incidents.TryRemove(path, out _);

    private int Incidents(ObjectPath path)
    {
        if (!_incidents.TryGetValue(path, out var incident))
            return 0;
        if (incident.Until > time.GetUtcNow())
            return incident.Times;
        _incidents.TryRemove(path, out _);
        return 0;
    }
}
