using System.Globalization;

namespace Mdm.Host.Audit;

/// <summary>Remembers durably how far the trail was sent: the trail itself is the queue.</summary>
internal sealed class SentMark(string directory)
{
    public const string FileName = "sent";

    private readonly string _path = Path.Combine(directory, FileName);

    /// <summary>Where sending goes on; the beginning where nothing was sent yet.</summary>
    public TrailPosition Read()
    {
        if (File.Exists(_path) && File.ReadAllText(_path).Split(' ', StringSplitOptions.TrimEntries) is [var number, var offset, var file]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var o)
            && Path.GetFileName(file) == file)
        {
            return new TrailPosition(file, o, n);
        }
        return new TrailPosition(string.Empty, 0, 0);
    }

    public void Write(TrailPosition position)
    {
        File.WriteAllText(_path + ".partial", string.Create(CultureInfo.InvariantCulture, $"{position.Number} {position.Offset} {position.File}"));
        File.Move(_path + ".partial", _path, overwrite: true);
    }
}
