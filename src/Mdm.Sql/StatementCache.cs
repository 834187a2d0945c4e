using System.Data.Common;

namespace Mdm.Sql;

/// <summary>The prepared statements of one connection: those of the program for good, built ones while there is room.</summary>
internal sealed class StatementCache<T>(Func<string, T> make) : IDisposable
    where T : DbCommand
{
    private readonly Dictionary<string, T> _constant = new(StringComparer.Ordinal);
    private readonly Dictionary<string, T> _built = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public T Get(string sql, bool isBuilt)
    {
        if (isBuilt)
            return GetBuilt(sql);
        if (_constant.TryGetValue(sql, out var command))
            return command;
        if (_constant.Count == SqlSession.MaxStatements)
            throw new InvalidOperationException($"More than {SqlSession.MaxStatements} different statements on one connection: SQL is constant, values are parameters.");
        command = make(sql);
        _constant.Add(sql, command);
        return command;
    }

    public void Dispose()
    {
        foreach (var command in _constant.Values.Concat(_built.Values))
            command.Dispose();
    }

    private T GetBuilt(string sql)
    {
        if (_built.TryGetValue(sql, out var command))
            return command;
        if (_order.Count == BuiltSql.MaxKept && _built.Remove(_order.Dequeue(), out var oldest))
            oldest.Dispose();
        command = make(sql);
        _built.Add(sql, command);
        _order.Enqueue(sql);
        return command;
    }
}
